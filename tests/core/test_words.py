from recengine.core.words import listed, ordinal


def test_places_as_one_says_them() -> None:
    said = [ordinal(place) for place in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 1023)]
    assert said == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "1,023rd"]


def test_things_in_a_row() -> None:
    assert listed([]) == ""
    assert listed(["tea"]) == "tea"
    assert listed(["tea", "milk"]) == "tea and milk"
    assert listed(["tea", "milk", "rum"], "or") == "tea, milk or rum"
