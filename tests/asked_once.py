"""What Great Expectations says of a small frame takes it a third of a second: of the same frame it is asked once.

A frame's verdicts follow from its content and its suite alone. Tests of the expectations themselves ask it anew
(test_quality).
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pandas as pd

    from pipelines.load.expectations import Expect, Verdict

    Validate = Callable[[Mapping[str, pd.DataFrame], Mapping[str, Sequence[Expect]]], tuple[Verdict, ...]]


@pytest.fixture(scope="session", autouse=True)
def expectations_asked_once() -> Iterator[None]:
    from pipelines.load import expectations, loading

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "validate", remembering(expectations.validate))
        yield


def remembering(validate: Validate) -> Validate:
    """The same answers as `validate`'s, which is asked for the frames that it hasn't seen."""
    said: dict[tuple[str, bytes], tuple[Verdict, ...]] = {}

    def asked_once(frames: Mapping[str, pd.DataFrame], suites: Mapping[str, Sequence[Expect]]) -> tuple[Verdict, ...]:
        keys = {name: (name, pickle.dumps((frames[name], tuple(suite)))) for name, suite in suites.items()}
        unseen = {name: suites[name] for name, key in keys.items() if key not in said}
        found = validate(frames, unseen) if unseen else ()
        said.update({keys[name]: tuple(one for one in found if one.frame == name) for name in unseen})
        return tuple(verdict for key in keys.values() for verdict in said[key])

    return asked_once
