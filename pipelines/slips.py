"""`anxin slips`: codes are issued, typeset and encrypted in memory; on a disk they open with a passphrase only."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.files.survey_faults import survey_faults
from pipelines.files.whole import write_whole
from pipelines.problems import BadInput, CannotDo, Problem, Where
from pipelines.words import say
from survey.instrument import Instrument
from survey.intake import (
    ClassLabel,
    Intake,
    SchoolLabel,
    close_intake,
    has_codes,
    issue_codes,
    open_intake,
    read_classes,
    read_schools,
    read_wave,
)
from survey.print.addresses import Site
from survey.print.job import LEAST_SHARE, ClassCodes, Job, by_grade, count_slips
from survey.print.packet import render_entry, render_paper, render_slips
from survey.print.sealed_pdf import encrypt_pdf, new_passphrase
from survey.print.typeset import check_fonts
from survey.problems import SurveyProblem
from survey.settings import survey_settings

SHORTEST = 16  # characters of a passphrase chosen by hand: whoever finds the file may try for as long as they like
Tell = Callable[[Path, str], None]


@dataclass(frozen=True)
class Choice:
    """Whose slips: exactly one of the three ids."""

    school: str | None = None
    district: str | None = None
    klass: str | None = None


@dataclass(frozen=True)
class Options:
    """How they are printed. `void_unused`: codes printed earlier and not used yet may become void."""

    out: Path
    paper: bool = False
    void_unused: bool = False
    spares: float = LEAST_SHARE
    lang: str = "zh_CN"


@dataclass(frozen=True)
class Sheaf:
    """A school and those of its classes that are printed now."""

    school: SchoolLabel
    classes: tuple[ClassLabel, ...]
    whole: bool

    @property
    def name(self) -> str:
        """What its files are called by: the school, or its one class."""
        return self.school.school_id if self.whole else self.classes[0].class_id


@dataclass(frozen=True)
class Printed:
    """What was written for a school. `slips`: codes issued, spares included; `sealed` opens with the passphrase."""

    school_id: str
    classes: int
    slips: int
    sealed: Path
    open: Path | None


def print_slips(wave: str, choice: Choice, options: Options, tell: Tell) -> list[Printed]:
    """One encrypted PDF per school; with `paper`, codes for the bureau's clerks and open masters for the school.

    `tell(file, passphrase)` is called once for each file, when it is on the disk. BadInput, and no code is issued or
    voided: a choice that names nothing, codes printed before, files that exist, no font. CannotDo: see `print_sheaf`.
    """
    check_spares(options.spares)
    passphrase = given_passphrase()
    with survey_faults():
        check_fonts()
        intake = open_intake()
        try:
            job = load_job(intake, wave, options.lang)
            sheaves = choose(intake, wave, choice)
            check_printing(intake, wave, sheaves, options)
            return [print_sheaf(intake, job, sheaf, options, passphrase or new_passphrase(), tell) for sheaf in sheaves]
        finally:
            close_intake(intake)


def given_passphrase() -> str:
    """ANXIN_SLIPS_PASSPHRASE, or nothing. BadInput where it is too short."""
    given = os.environ.get("ANXIN_SLIPS_PASSPHRASE", "")
    if given and len(given) < SHORTEST:
        raise BadInput(say("slips.short", least=SHORTEST), next_step=say("slips.short_step"))
    return given


def check_spares(share: float) -> None:
    if not LEAST_SHARE <= share <= 1:
        raise BadInput(say("slips.spares"), next_step=say("slips.spares_step"))


def load_job(intake: Intake, wave: str, lang: str) -> Job:
    """BadInput where the wave isn't open: codes of a closed wave would open nothing."""
    state, settings = read_wave(intake, wave), survey_settings()
    if state.state != "open":
        raise BadInput(say("slips.not_open", wave=wave), next_step=say("slips.not_open_step"))
    instrument = Instrument.from_json(state.instrument_json)
    site = Site(settings.survey_url.rstrip("/"), instrument.bands)
    return Job(state, site, instrument, lang, settings.optional_blocks)


def choose(intake: Intake, wave: str, choice: Choice) -> list[Sheaf]:
    """The chosen schools with their classes, by id. BadInput where there are none."""
    schools = {school.school_id: school for school in read_schools(intake, wave)}
    if choice.klass:
        classes = [label for label in read_classes(intake, wave) if label.class_id == choice.klass]
        found = [Sheaf(schools[label.school_id], (label,), False) for label in classes]
    else:
        wanted = [
            school
            for school in schools.values()
            if choice.school == school.school_id or choice.district == school.district_id
        ]
        found = [Sheaf(school, _classes(intake, wave, school), True) for school in wanted]
    if not found:
        name = choice.klass or choice.school or choice.district
        raise BadInput(say("slips.nobody", name=name, wave=wave), next_step=say("slips.nobody_step"))
    return found


def _classes(intake: Intake, wave: str, school: SchoolLabel) -> tuple[ClassLabel, ...]:
    return tuple(by_grade(read_classes(intake, wave, school.school_id)))


def check_printing(intake: Intake, wave: str, sheaves: Sequence[Sheaf], options: Options) -> None:
    """BadInput where printing would void codes or overwrite a file without having been told to."""
    if not options.void_unused:
        issued = [label for sheaf in sheaves for label in sheaf.classes if has_codes(intake, wave, label.class_id)]
        if issued:
            rule = say("slips.issued", count=len(issued), first=issued[0].class_id)
            raise BadInput(rule, next_step=say("slips.issued_step"))
    taken = [path for sheaf in sheaves for path in paths_of(wave, sheaf, options) if path and path.exists()]
    if taken and not options.void_unused:
        raise BadInput(say("slips.exists"), where=Where(taken[0].name), next_step=say("slips.exists_step"))
    if not is_writable(options.out):
        raise CannotDo(say("slips.folder"), where=Where(str(options.out)), next_step=say("slips.folder_step"))


def is_writable(folder: Path) -> bool:
    """Whether files can be made in the folder, which is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def paths_of(wave: str, sheaf: Sheaf, options: Options) -> tuple[Path, Path | None]:
    """The file with codes, and the open one beside it. Codes for the bureau's clerks get a folder of their own."""
    if options.paper:
        sealed = options.out / "bureau" / f"entry-{wave}-{sheaf.name}.pdf"
        return sealed, options.out / f"paper-{wave}-{sheaf.name}.pdf"
    return options.out / f"slips-{wave}-{sheaf.name}.pdf", None


def print_sheaf(intake: Intake, job: Job, sheaf: Sheaf, options: Options, passphrase: str, tell: Tell) -> Printed:
    """Issue, typeset, encrypt, write. CannotDo after codes were issued says that the printing has to be done again."""
    wave = job.wave.wave
    sealed, beside = paths_of(wave, sheaf, options)
    numbers = [(label, count_slips(label.enrolled, options.spares)) for label in sheaf.classes]
    if beside:
        write_file(beside, render_paper(job, sheaf.school, numbers))
    try:
        write_file(sealed, encrypt_pdf(render_codes(intake, job, sheaf, numbers, options.paper), passphrase))
    except Exception as error:  # whatever it was: nothing of it may show a code
        reason = error.rule if isinstance(error, Problem | SurveyProblem) else type(error).__name__
        where, step = Where(sealed.name), say("slips.lost_step")
        raise CannotDo(say("slips.lost", reason=reason), where=where, next_step=step) from None
    tell(sealed, passphrase)
    return Printed(sheaf.school.school_id, len(numbers), sum(count for _, count in numbers), sealed, beside)


def render_codes(
    intake: Intake, job: Job, sheaf: Sheaf, numbers: Sequence[tuple[ClassLabel, int]], paper: bool
) -> bytes:
    """Issue each class's codes (its unspent ones become void) and set them: slips, or the clerks' pages."""
    wave = job.wave.wave
    stacks = [ClassCodes(label, tuple(issue_codes(intake, wave, label.class_id, count))) for label, count in numbers]
    return render_entry(job, sheaf.school, stacks) if paper else render_slips(job, sheaf.school, stacks, sheaf.whole)


def write_file(path: Path, content: bytes) -> None:
    with write_whole(path) as file:
        file.write(content)
