from recengine.core.errors import did_you_mean


def test_a_near_miss_is_named() -> None:
    assert did_you_mean("popularty", ["ease", "popularity"]) == "Did you mean 'popularity'?"


def test_without_a_near_one_the_first_few_are_listed_and_the_rest_counted() -> None:
    known = [f"run-{number}" for number in range(1200)]
    assert did_you_mean("zzz", known, shown=2) == "There are: run-0, run-1 and 1,198 more."


def test_where_there_is_nothing_there_is_nothing_to_suggest() -> None:
    assert did_you_mean("anything", []) == ""
