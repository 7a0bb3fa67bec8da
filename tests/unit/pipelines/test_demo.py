"""The demo: a city with logins that work, made once, and one wave more on demand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.accounts import find_viewer, is_password
from dashboard.settings import settings as dashboard_settings
from pipelines.demo import build_demo, read_state, write_state
from pipelines.problems import BadInput
from pipelines.releases import list_releases
from pipelines.settings import settings
from survey.codes import is_wellformed
from survey.intake import close_intake, open_intake, read_wave
from survey.settings import survey_settings
from survey.web.serve import current_wave


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A demo of five schools and one wave, with the lines it printed."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use(folder, patch)
        lines = list(build_demo(folder, 5, 1, 3, False, 8501))
    return folder, lines


def use(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("ANXIN_HOME", str(folder))
    settings.cache_clear()
    dashboard_settings.cache_clear()
    survey_settings.cache_clear()


@pytest.mark.long
def test_it_prints_an_address_and_logins_that_work(
    city: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a newcomer reads on the screen is true."""
    folder, lines = city
    use(folder, monkeypatch)
    assert any("http://127.0.0.1:8501" in line for line in lines)
    state = read_state(folder)
    assert state is not None
    shown = [line.split()[0] for line in lines if state["password"] in line]
    assert shown[:4] == ["counselor", "lead", "bureau", "district"]
    for name in shown:
        viewer = find_viewer(name)
        assert viewer is not None
        assert viewer.role in ("counselor", "lead", "bureau", "district")
        assert is_password(name, state["password"])


@pytest.mark.long
def test_it_prints_where_the_filled_public_page_stands(city: tuple[Path, list[str]]) -> None:
    """The office, its plan and the city's windows, without a command more."""
    folder, lines = city
    path = Path(next(line for line in lines if "Public page" in line).split()[-1])
    page = path.read_text(encoding="utf-8")
    assert path == folder / "public" / "index.html" and "000-0000 0000" in page and "%" in page
    assert page.count("<li>") >= 3


@pytest.mark.long
def test_it_prints_slips_that_an_open_wave_knows(city: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever clicks a printed address gets a form that takes its code."""
    folder, lines = city
    use(folder, monkeypatch)
    intake = open_intake()
    slips = [line.split()[1] for line in lines if "#" in line]
    assert len(slips) >= 3
    wave = current_wave(intake)
    assert read_wave(intake, wave).state == "open"
    assert all(is_wellformed(slip.split("#")[1]) for slip in slips)
    close_intake(intake)


@pytest.mark.long
def test_a_second_start_does_no_work_again_and_one_wave_more_is_one_wave_more(
    city: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starting the demo anew is quick; --next-wave adds to what is there."""
    folder, _ = city
    use(folder, monkeypatch)
    list(build_demo(folder, 5, 1, 3, False, 8501))
    assert [entry["release"] for entry in list_releases()] == ["2025-1.1"]
    list(build_demo(folder, 5, 1, 3, True, 8501))
    assert [entry["release"] for entry in list_releases()] == ["2025-1.1", "2025-2.1"]
    assert (read_state(folder) or {})["waves"] == 2


@pytest.mark.parametrize(("schools", "waves", "seed"), [(6, 1, 3), (5, 2, 3), (5, 1, 4)])
def test_another_city_in_the_same_folder_is_refused(tmp_path: Path, schools: int, waves: int, seed: int) -> None:
    """Two cities in one home would be one wrong city."""
    write_state(tmp_path, {"schools": 5, "waves": 1, "seed": 3, "password": "p"})
    with pytest.raises(BadInput, match="holds a demo city of 5 schools with seed 3"):
        list(build_demo(tmp_path, schools, waves, seed, False, 8501))
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"], "nothing was begun"
