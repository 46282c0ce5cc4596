"""An icon and a colour for every item, read from its category and title. Equal words, equal look, always.

No picture is needed and none is fetched. The eight colours are those of Okabe and Ito, apart from each other
in every common kind of colour blindness; the icon says the same again, so colour is never the only sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zlib import crc32

Hue = Literal["orange", "sky", "green", "yellow", "blue", "red", "pink", "grey"]
HUES: tuple[Hue, ...] = ("orange", "sky", "green", "yellow", "blue", "red", "pink")


@dataclass(frozen=True)
class Look:
    """How an item appears: an emoji (or a letter, where nothing is known of it) on a colour."""

    icon: str
    hue: Hue


# Each rule: icon, colour, beginnings of words that call for it. The first rule that matches wins, so what
# is special ("ice cream") stands before what is general ("ice"), and "$" at the end asks for a whole word.
_Rule = tuple[str, Hue, str]

GENRES: tuple[_Rule, ...] = (
    ("💥", "red", "action"),
    ("🗺️", "orange", "adventure"),
    ("🎨", "yellow", "animation anime"),
    ("🧸", "pink", "children family kids"),
    ("😄", "yellow", "comedy"),
    ("🕵️", "grey", "crime"),
    ("🎥", "green", "documentary"),
    ("🎭", "blue", "drama"),
    ("🧙", "pink", "fantasy"),
    ("🌒", "grey", "film-noir noir"),
    ("👻", "grey", "horror"),
    ("🎵", "pink", "musical music$"),
    ("🔎", "sky", "mystery"),
    ("💕", "pink", "romance romantic"),
    ("🚀", "sky", "sci-fi science-fiction scifi"),
    ("⏳", "red", "thriller suspense"),
    ("🎖️", "green", "war$"),
    ("🤠", "orange", "western"),
)

COURSES: tuple[_Rule, ...] = (
    ("💬", "sky", "forum forumng discussion chat"),
    ("📝", "orange", "quiz exam$ exams assessment test$ tma cma externalquiz questionnaire"),
    ("🎬", "red", "video lecture oucollaborate ouelluminate webinar"),
    ("📖", "green", "oucontent content reading resource glossary page subpage htmlactivity ouwiki"),
    ("🔗", "blue", "url link repeatactivity"),
    ("🏫", "pink", "homepage course module lesson dualpane folder sharedsubpage"),
    ("📊", "yellow", "dataplus statistics data-science"),
)

GOODS: tuple[_Rule, ...] = (
    # Drinks before the fruit they are made of.
    ("🧃", "orange", "juice jce lemonade cider punch smoothie nectar"),
    (
        "🥤",
        "red",
        "soft-drink soda$ cola soft-drnk isotonic energy-drink drink-mix pwdr/crystl sft-drnk sft-drink",
    ),
    ("🍺", "yellow", "beer ale$ ales$ lager malt-bev"),
    ("🍷", "pink", "wine champagne"),
    ("🥃", "orange", "liquor whiskey vodka rum$ spirits cordial"),
    ("☕", "orange", "coffee espresso creamer latte cappuccino cocoa"),
    ("🍵", "green", "tea$ teas$"),
    ("💧", "sky", "water$ sparkling seltzer"),
    ("🫙", "orange", "vinegar"),
    # Household and care, before the scents they carry.
    ("🐱", "grey", "cat-food cat-litter cat$ kitten"),
    ("🌭", "red", "hot-dog corn-dog frankfurter wiener"),
    ("🐶", "orange", "dog$ dogs$ puppy pet-care pet$"),
    ("🐦", "yellow", "bird"),
    ("🍼", "pink", "baby infant diaper formula toddler wipes"),
    ("🧻", "grey", "bath-tissue tissue paper-towel napkin toilet towel"),
    ("🧺", "sky", "laundry detergent fabric bleach softener ironing"),
    (
        "🧽",
        "sky",
        "dish-d dishwash household-clean bathroom-clean clean broom mop sponge scour air-care freshener",
    ),
    ("🧴", "pink", "lotion shampoo conditioner hair body deodorant skin suntan sun-care facial hand/body"),
    ("🧼", "sky", "soap bath$ shower"),
    ("🪥", "sky", "tooth oral mouthwash dental floss"),
    ("🪒", "grey", "shav razor"),
    ("💄", "pink", "makeup cosmetic lipstick mascara nail fragrance"),
    ("🌸", "pink", "feminine tampon pads"),
    (
        "💊",
        "red",
        "analgesic vitamin cold-and cough pain sinus allergy antacid laxative first-aid eye-and pharmacy "
        "supplement foot-care medicine health dietary",
    ),
    ("🚬", "grey", "cigar tobacco smoking"),
    ("🛍️", "grey", "bags$ trash foil wrap$ fd-wraps sandwich-bag storage container"),
    ("🕯️", "yellow", "candle"),
    ("🔋", "green", "batter electrical light-bulb bulb"),
    ("💐", "pink", "floral flower rose$ roses bouquet lily plant$ plants"),
    ("🎉", "pink", "greeting party balloon gift halloween easter christmas valentine seasonal holiday"),
    ("📰", "grey", "magazine newspaper book$ books bookstore"),
    ("🍽️", "grey", "paper-plate plates cups$ paper-and-foam designer-paper heavy-paper plastic/heavy"),
    ("✏️", "yellow", "stationery school pen$ pens pencil notebook paper$"),
    ("🧸", "orange", "toy$ toys game$ games doll"),
    ("🍳", "grey", "kitchen cookware bakeware utensil glassware dinnerware housewares pan$"),
    ("⛽", "grey", "fuel gasoline propane"),
    ("🔥", "red", "charcoal lighter firelog"),
    ("🪴", "green", "garden lawn insecticide"),
    ("🔧", "grey", "hardware automotive tool$ tools screw wrench drill motor"),
    ("👕", "blue", "apparel hosiery socks shirt clothing"),
    ("📷", "blue", "film camera photo video audio"),
    ("🎟️", "grey", "ticket coupon card$ cards$"),
    # Sweet things and dairy.
    ("🍦", "sky", "ice-cream sherbet novelt frozen-yogurt popsicle sorbet gelato"),
    ("🧊", "sky", "ice$"),
    ("🥛", "sky", "fluid-milk milk$ milk,"),
    ("🍶", "sky", "yogurt sour-cream dairy cream$ dip$ dips$ cottage"),
    ("🧀", "yellow", "cheese cheddar mozzarella parmesan"),
    ("🥜", "orange", "peanut pnt-btr nut$ nuts almond cashew pecan walnut"),
    ("🧈", "yellow", "butter$ margarine"),
    ("🥚", "yellow", "egg"),
    ("🍫", "orange", "chocolate candy candies gum$ mints"),
    ("🍪", "orange", "cookie brownie wafer"),
    ("🥧", "orange", "pie$ pies cobbler"),
    ("🍰", "pink", "cake pastr dessert sweet-good muffin icing frosting gelatin pudding"),
    ("🍩", "pink", "donut doughnut danish sweet-rolls breakfast-sweets"),
    # Meals.
    ("🍕", "red", "pizza"),
    ("🌮", "orange", "taco tortilla hispanic mexican burrito salsa"),
    ("🍣", "red", "sushi"),
    ("🍲", "red", "soup broth stew chili$ ramen"),
    ("🍝", "orange", "pasta spaghetti noodle macaroni lasagna"),
    ("🥪", "orange", "sandwich sub$"),
    ("🍟", "yellow", "fries frzn-potato hash-brown tater"),
    ("🍿", "yellow", "popcorn"),
    ("🥨", "orange", "fruit-snack chip$ chips snack pretzel cracker tortilla-chips"),
    ("🥣", "yellow", "cereal oatmeal granola breakfast-food pancake waffle"),
    ("🍱", "orange", "dinner entree meal$ meals prepared heat/serve lunch-kit"),
    ("🍞", "orange", "bread bun$ buns roll$ rolls bagel baked-bread dough croissant english-muffin"),
    # Meat and fish.
    ("🥓", "red", "bacon"),
    ("🍗", "orange", "chicken chix turkey poultry wing$ wings"),
    ("🐟", "blue", "fish tuna salmon cod$ tilapia seafood shrimp crab"),
    ("🍖", "red", "pork ham$ rib$ ribs lamb sausage"),
    ("🥩", "red", "beef steak meat lunchmeat deli$ salami pepperoni bologna veal"),
    # Plants.
    ("🍅", "red", "tomato ketchup catsup"),
    ("🍌", "yellow", "banana plantain tropical"),
    ("🍎", "red", "apple"),
    ("🍓", "red", "strawberr berries berry raspberr blueberr"),
    ("🍇", "pink", "grape raisin"),
    ("🍋", "yellow", "lemon lime$ citrus"),
    ("🍊", "orange", "orange tangerine clementine mandarin"),
    ("🍑", "orange", "peach nectarine apricot plum stone-fruit"),
    ("🍉", "green", "melon watermelon cantaloupe"),
    ("🍐", "green", "pear$ pears"),
    ("🥑", "green", "avocado guacamole"),
    ("🥔", "orange", "potato"),
    ("🧅", "pink", "onion garlic"),
    ("🥕", "orange", "carrot"),
    ("🌽", "yellow", "corn$"),
    ("🫑", "green", "pepper$ peppers"),
    ("🍄", "grey", "mushroom"),
    ("🥒", "green", "cucumber pickle relish olive zucchini squash"),
    ("🥦", "green", "broccoli cauliflower vegetable veg$ frzn-vegetable green-beans celery cabbage produce"),
    ("🥗", "green", "salad lettuce spinach slaw sald"),
    ("🫘", "red", "bean$ beans lentil peas"),
    ("🍚", "grey", "rice$ grain dry-bn"),
    ("🍑", "orange", "fruit"),
    # What one cooks with.
    ("🧂", "grey", "spice salt$ season herb extract"),
    ("🍯", "yellow", "honey syrup jelly jam$ jams sugar sweetner sweetener molasses"),
    ("🫙", "orange", "sauce condiment dressing mayo mustard gravy marinade vinegar topping"),
    ("🫒", "green", "oil$ shortening"),
    ("🧁", "pink", "baking flour mix$ mixes yeast"),
    ("🥫", "red", "can$ canned shelf-stable"),
    ("❄️", "sky", "frozen frzn"),
    ("💪", "blue", "nutrition fitness sport"),
    ("🛒", "blue", "grocery groceries drug-gm miscellaneous general"),
)


def _compiled(rules: tuple[_Rule, ...]) -> list[tuple[Look, re.Pattern[str]]]:
    return [(Look(icon, hue), _pattern(words)) for icon, hue, words in rules]


def _pattern(words: str) -> re.Pattern[str]:
    """Any of the words at the beginning of a word of the text; a dash in a rule is any gap in the text."""
    parts = []
    for word in words.split():
        whole, word = word.endswith("$"), word.rstrip("$")
        parts.append(re.escape(word).replace(r"\-", r"[\W_]{1,3}") + (r"(?!\w)" if whole else ""))
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})", re.IGNORECASE)


_GENRES, _COURSES, _GOODS = _compiled(GENRES), _compiled(COURSES), _compiled(GOODS)
_READ = 200  # characters of a title that are read


@lru_cache(maxsize=20_000)
def look(category: str, title: str = "") -> Look:
    """How an item appears: by its genre or kind of course if that is its category, else by what it names.

    The title says more than a shop's department ("Produce" holds apples and onions), so it is read first.
    """
    category, title = str(category)[:_READ], str(title)[:_READ]
    for rules, text in ((_GENRES, category), (_COURSES, category), (_GOODS, title), (_GOODS, category)):
        for found, pattern in rules:
            if pattern.search(text):
                return found
    return Look(_letter(title or category), HUES[crc32((category or title).encode()) % len(HUES)])


def _letter(text: str) -> str:
    """The first letter or digit, as a monogram."""
    return next((character.upper() for character in text if character.isalnum()), "•")
