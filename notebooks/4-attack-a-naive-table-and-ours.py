# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 攻击一张普通的表，再攻击我们的
# *Attack a naive table, and ours*
#
# “少于 5 人的格子不显示，就安全了。”试试看。攻击者手里只有公布的文件、公布的规则，和加减法。数据是模拟的，所以最后可以对答案。
#
# *“Cells below 5 are blank, so nobody can be found.” Let us see. The attacker has what was published, the rule, and
# plus and minus. The data are simulated, so the answers can be checked.*

# %%
import os
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory(prefix="anxin-")  # gone when the notebook ends
HOME = Path(FOLDER.name)
os.environ["ANXIN_HOME"] = str(HOME)

import numpy as np
import pandas as pd
from paper import OTHERS, OURS, TRUTH, WRONG, dots, draw
from plotly import graph_objects as go

from pipelines.audit.city import build_city
from pipelines.audit.propagation import propagate
from pipelines.audit.published import read_release_files
from pipelines.audit.report import audit_release, read_links
from pipelines.audit.rule import read_policy
from pipelines.audit.said import read_said
from pipelines.bench.naive import SMALL, hide_small_cells
from pipelines.demo.city import fill_city
from pipelines.microdata import open_microdata
from pipelines.policy import load_policy
from pipelines.release.counts import read_cube
from pipelines.release.tree import build_levels

WAVE = "2025-1"
for said in fill_city(HOME, {"schools": 3, "waves": 1, "seed": 7}):
    print(said)

# %% [markdown]
# ## 一道减法题
# *A subtraction*
#
# 下面是一个年级的普通公布表：年级合计准确，少于 5 人的班留空。
#
# *A grade as it is often published: an exact total, classes below 5 blank.*

# %%
with open_microdata() as connection:  # an outsider never can; we do, to make the naive table and to check the answers
    cube = read_cube(connection, WAVE)
levels = build_levels(cube, load_policy())
codes = [fact.code for fact in cube.indicators]
columns = [place for place, fact in enumerate(cube.indicators) if fact.class_level]
classes, grades = levels[0], levels[1]


def alone_in_a_grade():
    """The first grade and indicator in which a single class is blank."""
    small = (classes.count > 0) & (classes.count < SMALL)
    for column in columns:
        for grade in range(len(grades.ids)):
            rows = np.flatnonzero(classes.parent == grade)
            if small[rows, column].sum() == 1 and len(rows) > 2:
                return column, grade, rows
    raise LookupError("no such grade in this city")


column, grade, rows = alone_in_a_grade()
truth = classes.count[rows, column]
shown = ["" if 0 < count < SMALL else str(count) for count in truth]
table = pd.DataFrame({"班 · class": [*(classes.names[row] for row in rows), "合计 · total"], codes[column]: [*shown, str(truth.sum())]})
table.style.hide(axis="index")

# %%
blank = next(place for place, text in enumerate(shown) if not text)
others = " − ".join(text for text in shown if text)
print(f"{truth.sum()} − {others} = {truth.sum() - sum(int(text) for text in shown if text)}")
print(f"{classes.names[rows[blank]]} 空着的格子是 {truth[blank]}。用了一秒。 · The blank was {truth[blank]}; it took a second.")

# %% [markdown]
# ## 不止一道题，一整座城市呢？
# *Not one, but a whole city?*
#
# 让同一个攻击者（`pipelines.audit`：把每个上下界顺着合计推到推不动）走遍所有指标。
#
# *The same attacker (`pipelines.audit`: bounds pushed along every sum until nothing moves) goes through all
# indicators.*

# %%
left = []
for column in columns:
    counts, answers = ([getattr(level, part)[:, column] for level in levels] for part in ("count", "r"))
    program = hide_small_cells(counts, answers, [level.parent for level in levels[:-1]])
    low, high = propagate(program)
    for (depth, _), before, least, most in zip(program.names, program.low != program.high, low, high, strict=True):
        if depth == 0 and before:  # a blank class cell; the rule itself says that it holds 1 to 4
            left.append(min(most, SMALL - 1) - max(least, 1) + 1)
naive = np.array(left)
print(f"{len(naive)} 个空格，{(naive == 1).sum()} 个被准确算出（{100 * (naive == 1).mean():.0f} %）；其余每个最多只剩 4 种可能。")
print(f"{len(naive)} blanks, {(naive == 1).sum()} given back exactly; the others have 4 candidates at most.")

# %% [markdown]
# ## 现在攻击我们的
# *Now ours*
#
# 我们不留空格，也不给准确数：每个班、每个指标只有一个“档”，上面各级只有区间，而且区间的边是从下往上定的，减法减不出东西来。同一个攻击者，同样的办法。
#
# *We leave no blanks and give no exact count: a class has a band, everything above it an interval whose ends are set
# from below, so that subtraction finds nothing. The same attacker, the same means.*

# %%
release = HOME / "published" / f"{WAVE}.1"
published = read_release_files(release)
said = read_said([published], {published.release: read_policy(str(published.manifest["policy"]))})
program = build_city(said, {one.wave: read_links(one, None) for one in said}).program()
low, high = propagate(program)
ours = {(name.unit, name.cell[1]): (least, most) for name, least, most in zip(program.names, low, high, strict=True)
        if name.kind == "class" and name.cell[0] == "indicator"}
cells = {(unit, code): (classes.r[row, place], classes.count[row, place])
         for row, unit in enumerate(classes.ids) for place, code in enumerate(codes)}
ours = {cell: ends for cell, ends in ours.items() if cells[cell][0] > 0}
assert all(least <= cells[cell][1] <= most for cell, (least, most) in ours.items()), "the truth must lie inside"
candidates = np.array([most - least + 1 for least, most in ours.values()])
assert candidates.min() >= 5, "our own promise"
print(f"{len(program.names)} 个未知数，{len(program.least)} 条关系；班级格子 {len(candidates)} 个，最少还剩 {candidates.min()} 种可能。")
print(f"{len(program.names)} unknowns, {len(program.least)} relations; {len(candidates)} class cells keep {candidates.min()} candidates or more.")

# %%
bins = np.arange(1, 17)
draw(
    *(go.Bar(x=bins, y=[100 * (np.minimum(found, bins[-1]) == place).mean() for place in bins], name=name, marker_color=colour)
      for name, found, colour in (("普通的表（空格）· naive, blanks", naive, WRONG), ("我们的 · ours", candidates, OURS))),
    title="攻击之后，一个格子还剩几种可能 · Candidates left in a cell after the attack",
    x=f"还可能是几种人数（{bins[-1]} = 更多）· counts still possible", y="格子的 % · % of cells",
)

# %% [markdown]
# 1 就是被算出来了。我们的底线是 5。
#
# *1 is found out. Our floor is 5.*

# %% [markdown]
# ## 对一对答案
# *Check the answers*
#
# 一个年级，同一个指标：真数、普通表推出的、我们留下的范围。
#
# *One grade, one indicator: the truth, what the naive table gives away, and the range that ours leaves.*

# %%
column, grade, rows = alone_in_a_grade()
spans = [ours[classes.ids[row], codes[column]] for row in rows]
names = [classes.names[row] for row in rows]
draw(
    go.Bar(x=[most - least for least, most in spans], base=[least for least, _ in spans], y=names, orientation="h", width=0.4,
           name="我们留下的范围 · ours leaves", marker_color=OTHERS),
    dots(classes.count[rows, column], names, "真数 · truth", TRUTH, 9),
    dots([truth[blank]], [names[blank]], "普通表：空格被算出 · naive: blank found out", WRONG, 20, "circle-open"),
    title="真数总在范围里，范围从不只有一个 · The truth lies inside, and never alone", x="人数 · students", height=140 + 44 * len(rows),
)

# %% [markdown]
# ## 如果攻击者就坐在教室里？
# *And if the attacker sits in the class?*
#
# 四个好朋友说好了彼此的答案，再看公布的表。正式发布前，系统先这样攻击自己；攻不过就不发布。
#
# *Four friends tell each other their answers and then read what was published. Before a release the system attacks
# itself so; what does not hold is not released.*

# %%
report = audit_release(release)
friends = report.insider
pd.DataFrame(
    {
        "": ["通过 · passed", "外人：最少剩几种可能 · outsider, fewest candidates", "被准确算出的格子 · cells given back",
             "四个朋友的故事 · stories of four friends", "四个朋友：最少剩几种可能 · fewest candidates", "被朋友逼出来的 · forced"],
        "结果 · result": [str(report.passed), min(one.min_candidates for one in report.tables if one.min_candidates),
                        sum(one.recovered for one in report.tables), friends["stories"], friends["min_candidates"], friends["forced"]],
    }
).style.hide(axis="index")

# %% [markdown]
# 代价是什么？班级里看不到准确的人数。换来的是：一个孩子写下的话，不会因为减法变成他的名字。
#
# *The price: no exact count of a class. What it buys: what a child wrote does not become a name by subtraction.*
