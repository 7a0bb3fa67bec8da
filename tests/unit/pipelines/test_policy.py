"""A bureau may be stricter, never looser."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from pipelines.policy import _leaves, load_policy
from pipelines.problems import BadInput
from pipelines.settings import REFERENCE


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_stricter_is_taken_and_named_in_the_version(tmp_path: Path) -> None:
    """The version tells a stricter policy from the house's own, so a release is made anew."""
    policy = load_policy(own(tmp_path, "window.middle: 7\nshow.grade_r: 60\n"))
    assert policy["window.middle"] == 7
    assert policy["show.grade_r"] == 60
    assert policy.version != load_policy().version


@pytest.mark.parametrize(
    "text",
    [
        "window.middle: 4",
        "show.school_r: 20",
        "class_signal.max_response: 1.2",
        "class_signal.class_sd: 9",
        "no.such: 1",
    ],
)
def test_looser_or_unknown_is_refused(tmp_path: Path, text: str) -> None:
    """A floor that could be undercut would undo the promise."""
    with pytest.raises(BadInput, match=r"never looser|unknown"):
        load_policy(own(tmp_path, text))


def test_a_number_that_changes_is_a_new_version() -> None:
    """Releases name the version they were made under; other numbers under the same name would belie old records."""
    policy = load_policy()
    text = json.dumps([policy.numbers, policy.reference_rate], sort_keys=True)
    assert (policy.version, sha256(text.encode()).hexdigest()[:16]) == ("2026.4", "b7d663129b4b85d9")


def test_the_history_tells_what_each_version_changed() -> None:
    """The version in force is the newest line; every threshold it names exists, and it says why."""
    document = yaml.safe_load((REFERENCE / "policy.yml").read_text(encoding="utf-8"))
    versions = [line["version"] for line in document["history"]]
    assert versions[0] == document["version"]
    assert versions == sorted(set(versions), reverse=True)
    assert document["history"][0]["changed"]
    for line in document["history"]:
        assert line["reason"]
        assert set(line["changed"]) <= set(load_policy().numbers)


def test_every_threshold_stands_beside_its_reason() -> None:
    """A number nobody can explain is a number somebody will change."""
    document = yaml.safe_load((REFERENCE / "policy.yml").read_text(encoding="utf-8"))
    leaves = _leaves(document)
    assert len(leaves) > 20
    assert [name for name, leaf in leaves if not leaf.get("reason")] == []
