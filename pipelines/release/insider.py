"""The insider: four students of a class, or spread over several, who put their own answers together.

Knowing that all four said yes may lift the floor of their class, and so of whatever holds it; knowing that all said no
may lower ceilings as much; siblings lose at most four candidates through each parent's window. That is looked at for
every cell. What relations between indicators add to it across levels is found by attacking anew with the four's
answers, for a fixed sample of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipelines.release.audit import Knowledge, attack
from pipelines.release.relations import Relations, tighten
from pipelines.release.slack import FRIENDS
from pipelines.release.tree import Level, sum_children
from pipelines.release.values import Values
from pipelines.release.windows import Counts


def insider_candidates(
    known: Knowledge, levels: list[Level], relations: Relations, answers: Sequence[int] = ()
) -> list[Counts]:
    """Fewest candidates each cell keeps for the others' answers, per level, shapes (units, indicators).

    answers: how many the friends hold in a unit of each level: four, and eight where two waves are added up.
    """
    answers = answers or [FRIENDS] * len(levels)
    # Each column is a story of its own here: friends who say yes to one answer of a question can't to another.
    relations = replace(relations, exclusive=(), splits=())
    room = parent_room(known, levels, answers)
    lift, drop = first_moves(known.low[0], known.high[0], levels[0].r)
    found: list[Counts] = []
    for depth, level in enumerate(levels):
        if depth:
            together = answers[depth] > answers[depth - 1]
            if together:
                spare = spare_of_both(known, levels, depth, lift, drop)
                found = lowered(found, levels, spare)
            lift, drop = moves_above(known, levels, depth, lift, drop, together)
        low, high = known.low[depth], known.high[depth]
        after_yes = loosely_tightened(np.minimum(low + lift, high), high, level.r, relations)
        after_no = loosely_tightened(low, np.maximum(high - drop, low), level.r, relations)
        lift, drop = after_yes[0] - low, high - after_no[1]
        own = np.minimum(after_yes[1] - after_yes[0], after_no[1] - after_no[0]) + 1
        found.append(np.minimum(own, room[depth] + 1))
    return found


def loosely_tightened(low: Counts, high: Counts, r: Counts, relations: Relations) -> tuple[Counts, Counts]:
    """Bounds after the relations; a story that contradicts itself is nobody's, and leaves the bounds as they were."""
    try:
        return tighten(low, high, r, relations)
    except ArithmeticError:
        return low, high


def first_moves(low: Counts, high: Counts, r: Counts) -> tuple[Counts, Counts]:
    """How far four yes lift a class's floor, and four no lower its ceiling."""
    return np.maximum(FRIENDS - low, 0), np.maximum(high - (r - FRIENDS), 0)


def spare_of_both(known: Knowledge, levels: list[Level], depth: int, lift: Counts, drop: Counts) -> Counts:
    """Room that the windows of a level leave its children once the friends in all of them spoke."""
    parent, units = levels[depth - 1].parent, len(levels[depth].ids)
    floor = sum_children(known.low[depth - 1] + lift, parent, units)
    ceiling = sum_children(known.high[depth - 1] - drop, parent, units)
    return np.minimum(known.high[depth] - floor, ceiling - known.low[depth])


def lowered(found: list[Counts], levels: list[Level], spare: Counts) -> list[Counts]:
    """The candidates of the levels below, none of which exceeds the room that the topmost leaves."""
    done = []
    for depth in range(len(found) - 1, -1, -1):
        spare = spare[levels[depth].parent]
        done.append(np.minimum(found[depth], spare + 1))
    return done[::-1]


def moves_above(
    known: Knowledge, levels: list[Level], depth: int, lift: Counts, drop: Counts, together: bool = False
) -> tuple[Counts, Counts]:
    """The same for the units of a level, from the moves of their children: only what exceeds the unit's own window.

    The friends sit in one child, or (`together`) in each of them.
    """
    gather = np.add if together else np.maximum
    parent, units = levels[depth - 1].parent, len(levels[depth].ids)
    least, most = (sum_children(bound[depth - 1], parent, units) for bound in (known.low, known.high))
    highest_lift, deepest_drop = np.zeros_like(least), np.zeros_like(most)
    asked = levels[depth - 1].r > 0
    gather.at(highest_lift, parent, np.where(asked, lift, 0))
    gather.at(deepest_drop, parent, np.where(asked, drop, 0))
    up = np.maximum(least + highest_lift - known.low[depth], 0)
    return up, np.maximum(known.high[depth] - (most - deepest_drop), 0)


def parent_room(known: Knowledge, levels: list[Level], answers: Sequence[int]) -> list[Counts]:
    """Room that the windows above a unit leave its siblings and it beside the friends' answers, the smallest of all.

    For a parent: its ceiling less its children's floors, or its children's ceilings less its floor. A unit whose
    siblings have no answers shares its parent's own case, which is looked at there.
    """
    unlimited = np.iinfo(np.int64).max // 4
    room = [np.full(level.r.shape, unlimited) for level in levels]
    for depth in range(len(levels) - 2, -1, -1):
        if answers[depth + 1] > answers[depth]:
            continue  # see spare_of_both
        parent, units = levels[depth].parent, len(levels[depth + 1].ids)
        least, most = (sum_children(bound[depth], parent, units) for bound in (known.low, known.high))
        spare = np.minimum(known.high[depth + 1] - least, most - known.low[depth + 1])
        alone = sum_children((levels[depth].r > 0).astype(np.int64), parent, units) == 1
        room[depth] = np.minimum(room[depth + 1], np.where(alone, unlimited, spare - answers[depth + 1]))[parent]
    return room


def friends_candidates(values: Values, levels: list[Level], classes: NDArray[np.int64], yes: bool) -> list[Counts]:
    """Candidates (4 at most) for the others' answers in each cell, once four known answers joined the attack.

    classes: the class of each friend; yes: whether all said yes to everything (to one question: its first answer), or
    no. Where all four cannot have said so they know nothing new; a story that no city fits leaves all as it was.
    """
    try:
        return told_candidates(values, levels, classes, np.array([yes]))
    except ArithmeticError:
        return [np.full(level.r.shape, FRIENDS) for level in levels]


def told_candidates(
    values: Values, levels: list[Level], classes: NDArray[np.int64], yes: NDArray[np.bool_]
) -> list[Counts]:
    """As friends_candidates, with a story for each class, shape (classes,) or (1,).

    Raises ArithmeticError where no city fits the stories.
    """
    known, seats, said = tell(values, levels, classes, yes)
    found = []
    for depth, level in enumerate(levels):
        ends = known.low[depth], known.high[depth]
        found.append(left_for_others(*ends, level.r, seats, said, values.relations))
        if depth + 1 < len(levels):
            units = len(levels[depth + 1].ids)
            said, seats = (sum_children(part, level.parent, units) for part in (said, seats))
    return found


def tell(
    values: Values, levels: list[Level], classes: NDArray[np.int64], yes: NDArray[np.bool_]
) -> tuple[Knowledge, Counts, Counts]:
    """What an outsider knows once these friends told their answers; by class, how many told each answer, and said yes.

    Raises ArithmeticError where no city fits the stories.
    """
    friends = np.bincount(classes, minlength=len(levels[0].ids))[:, None]
    low, high, r = values.tree[0].low, values.tree[0].high, levels[0].r
    stories = [told_story(values.relations, r.shape[1], answer) for answer in (True, False)]
    story = np.where(yes[:, None], *stories)
    fits = (friends * story <= high) & (r - friends * ~story >= low) & (r >= friends)
    fits[:, list(values.relations.made)] = False  # these follow from what is told of the others
    seats = np.where(fits, friends, 0)
    said = seats * story
    told = replace(values.tree[0], low=np.maximum(low, said), high=np.minimum(high, r - (seats - said)))
    return attack(replace(values, tree=(told, *values.tree[1:])), levels), seats, said


def left_for_others(low: Counts, high: Counts, r: Counts, seats: Counts, said: Counts, relations: Relations) -> Counts:
    """(units, columns): candidates for the others' answers, 4 at most; 4 where there are no others."""
    least, most = np.maximum(low - said, 0), np.minimum(high - said, r - seats)
    others = (r > FRIENDS) & (r > seats)
    others[:, list(relations.made)] = False
    return np.where(others, np.minimum(most - least + 1, FRIENDS), FRIENDS)


def told_story(relations: Relations, columns: int, yes: bool) -> NDArray[np.bool_]:
    """(columns,): what each friend says; of one question's answers the first, of a part nothing without its whole."""
    story = np.full(columns, yes)
    story[[column for family in relations.exclusive for column in family[1:]]] = False
    for _ in relations.within:
        for part, whole in relations.within:
            story[part] &= story[whole]
    return story
