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
# # 一学期，十分钟
# *A term in ten minutes*
#
# 四所学校，一次调查，从作答到预警线索。学校、学生、回答全是模拟的。因为是模拟，最后可以翻开底牌：哪些班真的被安排了欺凌，系统看见了几个。
#
# *Four schools and one survey, from answers to warning signs. Everything is simulated, so at the end we may turn the
# cards over: which classes were given an outbreak, and how many of them were seen.*

# %%
import os
import tempfile
from pathlib import Path

FOLDER = tempfile.TemporaryDirectory(prefix="anxin-")  # gone when the notebook ends
HOME = Path(FOLDER.name)
os.environ["ANXIN_HOME"] = str(HOME)

import duckdb
from paper import OTHERS, OURS, TRUTH, WRONG, dots, draw, on_paper

from dashboard.figures import Bar, Cell, Step, interval_bars, level_strip, place_time_map
from dashboard.look import LIGHT
from pipelines.demo.city import fill_city

# %% [markdown]
# ## 一张答卷里有什么？
# *What is on one sheet?*
#
# 先造出城市，再走完整条线：导入名册、装载答卷、记分、估计、发布。每一步一行。
#
# *The city is made and goes down the whole line: registry, load, score, estimate, release.*

# %%
for said in fill_city(HOME, {"schools": 4, "waves": 1, "seed": 7}):
    print(said)

# %%
sheet = duckdb.sql(f"SELECT * FROM '{HOME}/city/responses-2025-1.parquet' WHERE take_part = 1 LIMIT 1").df().T
sheet.columns = ["一张答卷 · one sheet"]
sheet.dropna().head(16)

# %% [markdown]
# 没有姓名，没有学号，没有性别，没有时间。只有班级，和一串答案的代码。
#
# *No name, no number, no sex, no time of day. A class, and the codes of answers.*

# %% [markdown]
# ## 学校看到什么？
# *What does the school see?*
#
# 每所学校一个文件，里面没有一个准确的人数，只有“从几到几”。下面是其中一所。
#
# *Each school has a file of its own. It holds no exact count, only “from … to …”. This is one of them.*

# %%
school = duckdb.connect(str(HOME / "published" / "2025-1.1" / "school_S0001.duckdb"), read_only=True)
shares = school.sql("""
    SELECT label.text AS name, share_lo, share_hi, lo, hi, r_about
    FROM pub_school_wave_indicator JOIN pub_indicator USING (indicator)
    JOIN pub_label AS label ON label.kind = 'indicator' AND label.code = indicator AND label.lang = 'zh_CN'
    WHERE direction = 'higher_is_worse' AND share_lo IS NOT NULL ORDER BY position LIMIT 10
""").df()
bars = [Bar(row["name"], row.share_lo, row.share_hi, f"{row.lo}–{row.hi} / ≈{row.r_about}") for _, row in shares.iterrows()]
on_paper(interval_bars(bars, LIGHT, "占作答学生的百分比 · % of those who answered"))

# %% [markdown]
# 每一条都是一个区间，不是一个点。短，是因为一所学校有几百人；不是点，是为了不让任何人被算出来。
#
# *Each is an interval. Short, because a school has hundreds of students; never a point, so that nobody can be worked
# out.*

# %% [markdown]
# ## 哪里？什么时候？
# *Where, and when?*
#
# 地点和时间只到学校这一级：一个班里说“厕所、午休”的可能只有一个人。
#
# *Places and times stop at the school: in a class, “toilet, lunch break” may be one child.*

# %%
spots = school.sql("""
    SELECT place.text AS place, hour.text AS hour, lo, hi, share_hi
    FROM pub_school_wave_place_time
    JOIN pub_label AS place ON place.kind = 'place_group' AND place.code = place_group AND place.lang = 'zh_CN'
    JOIN pub_label AS hour ON hour.kind = 'time_group' AND hour.code = time_group AND hour.lang = 'zh_CN'
    ORDER BY place_group, time_group
""").df()
cells = [
    Cell(row.place, row.hour, row.hi, f"{row.lo}–{row.hi}", f"{row.place} · {row.hour}") if row.hi == row.hi
    else Cell(row.place, row.hour, None, "·", "不显示 · not shown")
    for row in spots.itertuples()
]
on_paper(place_time_map(cells, LIGHT))

# %% [markdown]
# 颜色越深，提到的学生越多。先看的不是哪个班，而是课间谁在那里值守。
#
# *Darker is more students. What it asks first is not “which class” but “who is on duty there in the breaks”.*

# %% [markdown]
# ## 哪些班需要去了解？
# *Which classes need a visit?*
#
# ○ 无群体信号（仍可能有个别学生受欺凌）　– 不能下结论　● 关注　▲ 预警　◆ 紧急关注。没有绿色：没有信号不等于平安。
#
# *○ no group signal (one student may still be bullied), – no conclusion, ● watch, ▲ warning, ◆ urgent. Nothing is
# green: no signal is not “all is well”.*

# %%
files = sorted((HOME / "published" / "2025-1.1").glob("school_*.duckdb"))
steps = []
for file in files:
    with duckdb.connect(str(file), read_only=True) as one:
        found = one.sql("SELECT school_id, class_id, level, rule_id FROM pub_class_wave_signal ORDER BY class_id").fetchall()
    # Class after class of a school from left to right.
    steps += [Step(where, str(place), level, f"{name}: {rule or level}") for place, (where, name, level, rule) in enumerate(found, 1)]
schools = sorted({step.row for step in steps})
strip = level_strip(steps, schools, [str(place) for place in range(1, 1 + max(int(step.column) for step in steps))], LIGHT)
on_paper(strip).update_xaxes(showticklabels=False)

# %% [markdown]
# ## 翻开底牌
# *The cards on the table*
#
# 模拟器把它安排了什么写在另一个文件夹里，刚才走的每一步都不许读。现在才打开。
#
# *The simulator wrote down what it planted in a folder that no step above may read. Only now is it opened.*

# %%
planted = duckdb.sql(f"""
    SELECT class_id, true_rate, victims / answered AS told, outbreak != 'none' AS planted
    FROM '{HOME}/city/truth/classes.parquet' WHERE answered > 0
""").df()
level = {step.hover.split(":")[0]: step.level for step in steps}
planted["sign"] = [level.get(name) in ("urgent", "warning", "watch") for name in planted["class_id"]]
groups = [
    ("没有安排，没有线索 · nothing planted, no sign", False, False, OTHERS, "circle-open"),
    ("没有安排，有线索 · a sign for nothing", False, True, WRONG, "x"),
    ("安排了，没看见 · planted, not seen", True, False, TRUTH, "diamond-open"),
    ("安排了，看见了 · planted, seen", True, True, OURS, "diamond"),
]
traces = []
for name, is_planted, has_sign, colour, symbol in groups:
    part = planted[(planted["planted"] == is_planted) & (planted["sign"] == has_sign)]
    traces.append(dots(100 * part["true_rate"], 100 * part["told"], f"{name}（{len(part)}）", colour, 9, symbol))
draw(*traces, title="系统看见了几个？ How many were seen?", x="真实风险 % · true risk", y="作答中受欺负的 % · bullied", height=440)

# %%
seen, all_planted = int((planted["planted"] & planted["sign"]).sum()), int(planted["planted"].sum())
signs = int(planted["sign"].sum())
print(f"安排了 {all_planted} 个班，看见 {seen} 个；{signs} 条线索里 {seen} 条说对了。")
print(f"{all_planted} classes were planted, {seen} of them seen; of {signs} signs {seen} are right.")

# %% [markdown]
# **线索不是认定。** 它说“先去看看”，而且说了自己多久会错一次。多久？下一本。
#
# ***A sign is no finding.** It says “go and look”, and how often it is wrong. How often? The next notebook.*
