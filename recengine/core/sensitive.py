"""Which features of people are sensitive: what laws protect from being judged by, and what gives it away.

After the EU Charter of Fundamental Rights (article 21), the GDPR (article 9) and the US Equal Credit
Opportunity Act.
"""

from __future__ import annotations

import re
from itertools import pairwise

# Whole words of a column's name; imd: index of multiple deprivation, as the Open University's data have it.
SUBJECTS = {
    "age": "age ages birth birthday birthdate birthyear born dob yob",
    "sex": "gender genders sex sexes female male pronouns orientation sexuality sexual",
    "means": "income incomes salary salaries wage wages earnings wealth poverty deprivation imd homeowner",
    "health": "disability disabilities disabled handicap impairment health medical illness disease diagnosis "
    "pregnancy pregnant bmi smoker hiv genetic biometric",
    "origin": "ethnicity ethnic race racial nationality citizenship immigrant refugee ancestry caste",
    "belief": "religion religious faith belief beliefs political politics union voter vote",
    "family": "marital married marriage divorced spouse kids child children household parent parents",
    "record": "criminal conviction convictions",
}
WORDS = frozenset(word for words in SUBJECTS.values() for word in words.split())
PAIRS = frozenset({("home", "ownership"), ("family", "status"), ("family", "size"), ("native", "language")})


def is_sensitive(column: str) -> bool:
    """Whether a feature of people with this name is one to be careful with: "age_band" is, "page" isn't."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column).lower())
    return bool(WORDS.intersection(words) or PAIRS.intersection(pairwise(words)))
