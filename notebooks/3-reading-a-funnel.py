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
# # 怎样读漏斗图
# *Reading a funnel*
#
# 一百所学校，一列数字，手就会去排名。这一本说为什么不排，以及可以换成什么。数据来自一座什么都没有安排的模拟城市：学校之间只有平常的差别。
#
# *A hundred schools, a column of numbers, and the hand begins to rank. Why not to, and what to do instead. The city is
# simulated and nothing was planted: schools differ as schools do.*

# %%
from dataclasses import replace

import numpy as np
from paper import OTHERS, OURS, TRUTH, WRONG, dots, draw, line
from plotly import graph_objects as go

from models.compare import CANNOT_TELL, HIGHER, LIMITS, build_funnel, compare_window, funnel_limits
from models.simulator import parameters
from pipelines.bench.detection.cities import bench_city
from pipelines.bench.detection.compare import RAISED_SHARE, schools_of
from pipelines.policy import load_policy

USUAL = load_policy()["compare.school_sd"]
calm = bench_city(parameters("calm"), 21, 100, 1)
schools = schools_of(calm, "frequent")
share = schools.low / schools.r

# %% [markdown]
# ## 排第一的学校，真的最差吗？
# *Is the school at the top really the worst?*
#
# 把同一座城市再问一千遍：答案只凭运气变动，每所学校的名次会落在哪里？
#
# *Ask the same city a thousand times; answers change by chance alone. Where does each school's place in the league
# fall?*

# %%
rng = np.random.default_rng(1)
again = rng.binomial(schools.r.astype(int), share, (1000, len(share))) / schools.r
places = 1 + (-again).argsort(axis=1).argsort(axis=1)
low, middle, high = np.quantile(places, [0.025, 0.5, 0.975], axis=0)
order = np.argsort(middle)
draw(
    go.Scatter(x=middle[order], y=np.arange(1, len(order) + 1), mode="markers", name="名次 · place",
               marker={"color": OURS, "size": 5},
               error_x={"array": (high - middle)[order], "arrayminus": (middle - low)[order], "color": OTHERS, "width": 0}),
    title=f"一所学校的名次平均横跨 {np.mean(high - low):.0f} 位 · A rank spans {np.mean(high - low):.0f} places",
    x="名次（95 % 区间）· place in the league", y="学校 · schools", height=520,
)

# %% [markdown]
# 名次主要在说运气。所以这里没有排行榜，也导不出排行榜。
#
# *A rank mostly tells luck. There is no league here, and none can be exported.*

# %% [markdown]
# ## 那么，离多远才算“不一样”？
# *How far is “different”, then?*
#
# 漏斗：学校越小，越允许离得远。先画最简单的一种：只算数数的运气，全市一个期望。
#
# *A funnel allows small schools more. First the plainest: chance of counting alone, one expectation for all.*

# %%
def funnel(found, expected, spread, title):
    """Schools as distance from what is expected of them, and the two pairs of limits."""
    sizes = np.arange(40, found.r.max() * 1.05, 10)
    centre = float(np.average(expected, weights=found.r))
    # One picture for all: each school's distance from its own expectation, drawn around the city's.
    shown = 100 * (found.low / found.r - expected + centre)
    verdict = compare_window(found.low, found.high, found.r, expected, spread, LIMITS["998"])
    outside = verdict != CANNOT_TELL
    lines = []
    for z, name, dash in ((LIMITS["95"], "95 %", "dot"), (LIMITS["998"], "99.8 %", "solid")):
        for place, end in enumerate(funnel_limits(sizes, centre, spread, z)):
            lines.append(line(sizes, 100 * end, name, OURS, dash).update(showlegend=place == 0))
    lines.append(line(sizes, np.full(len(sizes), 100 * centre), "期望 · expected", TRUTH, "dash"))
    return draw(
        dots(found.r[~outside], shown[~outside], "分不出 · can't be told apart", OTHERS, 7, "circle-open"),
        dots(found.r[outside], shown[outside], f"在 99.8 % 之外 · outside（{outside.sum()}）", WRONG, 10, "diamond"),
        *lines, title=title, x="作答人数 · answers", y="经常受欺负 % · bullied often", height=460,
    )


city_share = np.full(len(share), schools.low.sum() / schools.r.sum())
funnel(schools, city_share, 0.0, "只算数数的运气 · Counting alone")

# %% [markdown]
# 这座城市里什么都没有安排，却有这么多学校“出界”。多半只因为年级不同：小学本来就比高中多。
#
# *Nothing was planted here, and yet so many are “outside”. Mostly it is their grades: in primary schools it is more common than
# in senior ones anyway.*

# %% [markdown]
# ## 先问“像它这样的学校会是多少”
# *First ask: what would a school like this one have?*
#
# 年级、寄宿、乡村、规模、性别构成，学校都做不了主，先算进期望。学校之间平常的差别也从数据里估出来，加宽漏斗。
#
# *Grades, boarding, rural place, size and sex mix are not the school's choice: they go into the expectation. How much
# schools differ ordinarily is estimated from all of them and widens the funnel.*

# %%
fair = build_funnel(schools, USUAL)
funnel(schools, fair.expected, fair.spread, "与相似的学校比 · Against schools like it")

# %% [markdown]
# 出界的几乎没有了：正该如此。**在里面 = 分不出来，不是“好”。**
#
# *Hardly any are left outside, as it should be. **Inside means “can't be told apart”, not “good”.***

# %% [markdown]
# ## 真有问题的学校，还看得见吗？
# *Does it still see schools that are worse?*
#
# 同样的城市，让一部分学校全校升高一半。
#
# *The same kind of city, in which some schools are half as high again throughout.*

# %%
uneven = bench_city(replace(parameters("calm"), school_wide_share=RAISED_SHARE), 22, 100, 1)
found = schools_of(uneven, "frequent")
raised = np.zeros(len(found.r), dtype=bool)
raised[uneven.school[uneven.truth[-1]["raised"]]] = True
theirs = build_funnel(found, USUAL)
told = {name: compare_window(found.low, found.high, found.r, theirs.expected, theirs.spread, z) == HIGHER for name, z in LIMITS.items()}
draw(
    *(
        go.Bar(x=["95 %", "99.8 %"], y=[100 * (told["95"] & rows).sum() / rows.sum(), 100 * (told["998"] & rows).sum() / rows.sum()],
               name=f"{name}（{rows.sum()}）", marker_color=colour)
        for name, rows, colour in (("升高的学校 · raised", raised, WRONG), ("平常的学校 · ordinary", ~raised, OTHERS))
    ),
    title="被指出“更高”的 % · Told to be higher", x="漏斗的界 · limits", y="%", height=320,
).update_xaxes(type="category")

# %% [markdown]
# 少数看得见，多数看不见：升高一半，常常还没有一所学校平常的差别大。这是诚实的代价。所以学校之间的比较只是旁注，真正的线索在班级里。
#
# *A few are seen, most are not: half as much again is often less than schools differ ordinarily. That is the price of
# honesty; comparison of schools is a side note, and the signs come from classes.*

# %% [markdown]
# ## 换一个问法：多大把握在最差的十分之一里？
# *Another question: how likely is it in the worst tenth?*

# %%
order = np.argsort(-theirs.worst)[:15]
draw(
    go.Bar(x=100 * theirs.worst[order], y=[f"{'◆' if raised[school] else '○'} {place}" for place, school in enumerate(order, 1)], orientation="h",
           marker_color=[WRONG if raised[school] else OTHERS for school in order], showlegend=False),
    title="最可能的十五所，◆ 真的升高 · The fifteen likeliest, ◆ really raised", x="把握 % · chance", height=460,
).update_yaxes(autorange="reversed")

# %% [markdown]
# 这张图只给方法的作者看，正式页面上没有：把它排好序发出去，又成了排行榜。
#
# *This picture is for those who check the method. No page shows it: sorted and sent out, it would be a league again.*
