"""The rule that a release names: the house's policy, with what a bureau made stricter, read off the version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipelines.audit.faults import Fault
from pipelines.audit.published import Published
from pipelines.policy import Policy, is_house_policy, load_policy


def read_policy(version: str) -> Policy:
    """The policy `2026.2+show.grade_r=60,window.middle=6` stands for; stricter numbers are part of the version."""
    house = load_policy()
    _, _, stricter = version.partition("+")
    pairs = [part.partition("=") for part in stricter.split(",") if part]
    return replace(house, version=version, numbers=house.numbers | {name: float(value) for name, _, value in pairs})


def check_record(published: Published, policy: Policy) -> list[Fault]:
    """The manifest agrees with itself, with the files, and with what an audit must have found."""
    manifest, faults = published.manifest, []
    if manifest.get("release") != published.release:
        faults.append(Fault("manifest.json", "", "release", "names another release than its folder"))
    if not is_house_policy(str(manifest.get("policy", ""))):
        faults.append(
            Fault("manifest.json", "", "policy", "another version of the house's policy than this audit knows")
        )
    faults += [
        Fault("manifest.json", "", f"audit.{name}", rule)
        for name, rule in weak_figures(manifest.get("audit", {}), policy)
    ]
    for audience, tables in published.files.items():
        rows = tables.get("pub_release")
        said = (
            []
            if rows is None
            else rows[["release_id", "audience", "policy_version", "rules_version"]].to_numpy().tolist()
        )
        if said != [[published.release, audience, manifest.get("policy"), manifest.get("rules")]]:
            faults.append(
                Fault(f"{audience}.duckdb", "pub_release", "", "release, audience or versions are not the manifest's")
            )
    return faults + check_withheld(published)


def weak_figures(audit: dict[str, Any], policy: Policy) -> list[tuple[str, str]]:
    """Figures of the recorded audit under which nothing may be released."""
    wanted = {"min_candidates": policy.count("audit.outsider_candidates"), "min_candidates_insider": 2}
    found = [(name, f"under {least}") for name, least in wanted.items() if (audit.get(name) or 0) < least]
    return found + [(name, "not 0") for name in ("recovered", "forced") if audit.get(name) != 0]


def check_withheld(published: Published) -> list[Fault]:
    """A table that the record calls withheld holds no value of that wave in any file."""
    faults = []
    wave = published.manifest.get("wave")
    for kind, _, cell in (name.partition("/") for name in published.manifest.get("withheld", [])):
        for audience, tables in published.files.items():
            for name, rows in tables.items():
                if not name.startswith(f"pub_{kind}_wave") or "indicator" not in rows:
                    continue
                value = "lo" if "lo" in rows else "band"
                if (
                    value in rows
                    and rows.loc[(rows["wave"] == wave) & (rows["indicator"] == cell), value].notna().any()
                ):
                    faults.append(
                        Fault(f"{audience}.duckdb", name, f"indicator={cell}", "withheld by the record, and yet shown")
                    )
    return faults
