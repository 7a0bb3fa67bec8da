"""Two released terms of a random city, made once a session: autumn, and spring pooled with it."""

from __future__ import annotations

from functools import cache

from cubes import two_terms

from pipelines.policy import load_policy
from pipelines.release.cube import Cube
from pipelines.release.gate import release
from pipelines.release.made import Release
from pipelines.release.pool import Term, build_term
from pipelines.release.signs import load_rules

POLICY, RULES = load_policy(), load_rules()
RATES = (None, 0.02, 0.1, 0.3, 0.6)


@cache
def released_terms(seed: int) -> tuple[Cube, Cube, Release, Release]:
    """Both cubes, and their releases; every base rate has its turn."""
    autumn, spring = two_terms(seed, schools=4, rate=RATES[seed % 5])
    first = release(autumn, [], POLICY, RULES)
    return autumn, spring, first, release(spring, [first], POLICY, RULES, autumn)


def terms_of(seed: int) -> tuple[Term, Term]:
    """The same as parts of a pool."""
    autumn, spring, first, second = released_terms(seed)
    own = second.bounds[~second.bounds["kind"].astype(str).str.startswith("pool")]
    return build_term(autumn, first.bounds, first.tables), build_term(spring, own, second.tables)
