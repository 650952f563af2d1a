"""`--one-database` leaves out half of what runs on both databases, and nothing else."""

import pytest

from tests import one_database

INI = "[pytest]\nmarkers = both_databases\nasyncio_default_fixture_loop_scope = function\n"
CONFTEST = """
import pytest

@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return request.param
"""
CASES = """
import pytest

def test_first(database_url): ...
def test_second(database_url): ...
@pytest.mark.parametrize("word", ["sqlite", "a"])
def test_words(word, database_url): ...
@pytest.mark.both_databases
def test_both(database_url): ...
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_alone(database_url): ...
def test_without_one(): ...
@pytest.mark.parametrize("word", ["sqlite", "postgresql"])
def test_without_one_of_words(word): ...
"""
ALWAYS = {
    "test_both[sqlite]",
    "test_both[postgresql]",
    "test_sqlite_alone[sqlite]",
    "test_without_one",
    "test_without_one_of_words[sqlite]",
    "test_without_one_of_words[postgresql]",
}
PAIRS = {
    "test_first": ["test_first[sqlite]", "test_first[postgresql]"],
    "test_second": ["test_second[sqlite]", "test_second[postgresql]"],
    "sqlite": ["test_words[sqlite-sqlite]", "test_words[postgresql-sqlite]"],
    "a": ["test_words[sqlite-a]", "test_words[postgresql-a]"],
}


@pytest.fixture
def collected(pytester: pytest.Pytester) -> dict[str, set[str]]:
    """The cases that run with the option, by their file."""
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_one_file=CASES, test_other_file=CASES)
    ran = pytester.runpytest_inprocess("--collect-only", "-q", "--one-database", plugins=[one_database])
    cases = [line.partition("::") for line in ran.outlines if "::" in line]
    return {file: {case for at, _, case in cases if at == file} for file, _, _ in cases}


def test_of_each_pair_one_is_left_and_the_rest_stays(collected: dict[str, set[str]]) -> None:
    assert set(collected) == {"test_one_file.py", "test_other_file.py"}
    for cases in collected.values():
        assert cases >= ALWAYS
        chosen = cases - ALWAYS
        assert [len(chosen.intersection(pair)) for pair in PAIRS.values()] == [1, 1, 1, 1]
        assert len(chosen) == len(PAIRS)


def test_both_kinds_occur_in_each_file(collected: dict[str, set[str]]) -> None:
    for cases in collected.values():
        chosen = cases - ALWAYS
        assert len({case for case in chosen if "[sqlite" in case}) == len(PAIRS) // 2


def test_without_the_option_all_run(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_one_file=CASES)
    ran = pytester.runpytest_inprocess("--collect-only", "-q", plugins=[one_database])
    cases = {line.partition("::")[2] for line in ran.outlines if "::" in line}
    assert cases == ALWAYS.union(*PAIRS.values())
