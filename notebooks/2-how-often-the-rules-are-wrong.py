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
# # 规则多久错一次
# *How often the rules are wrong*
#
# 心理老师每学期、每千名学生，大约只有跟进一条线索的时间。一条规则若在一百个班里点二十五个、十个里错九个，教会人的只有“别理它”。这里用两座模拟城市量一量。
#
# *A counselor has time for about one sign a term for a thousand students. A rule that points at 25 classes in 100 and
# is wrong nine times in ten teaches people to look away. Here we measure, in two simulated cities.*

# %%
import numpy as np
from paper import OTHERS, OURS, TRUTH, WRONG, dots, draw, line
from plotly import graph_objects as go

from models.intervals import wilson
from models.simulator import parameters
from pipelines.bench.detection import peers
from pipelines.bench.detection.cities import bench_city
from pipelines.bench.detection.tallies import judged

SEEDS, SCHOOLS, WAVES = (11, 12), 60, 3
cities = [bench_city(parameters(), seed, SCHOOLS, WAVES) for seed in SEEDS]
signals = [judged(city, city.city(), seed).signals for city, seed in zip(cities, SEEDS, strict=True)]


def gather(values):
    return np.concatenate(list(values))


rate = gather(peers.raw_rate(city) for city in cities)
size = gather(city.counted[-1]["r"] for city in cities)
clean = gather(city.clean for city in cities)
outbreak = gather(city.truth[-1]["outbreak"] != "none" for city in cities)
target = gather(np.nan_to_num(city.truth[-1]["outbreak_target"]) for city in cities)
print(f"{len(rate)} 个班，其中 {outbreak.sum()} 个真的出了事 · {len(rate)} classes, {outbreak.sum()} with an outbreak")

# %% [markdown]
# ## 超过 15 % 就报警，行吗？
# *Above 15 % means alarm: does it work?*

# %%
flagged = rate > peers.PLAIN_LIMIT
right = flagged & outbreak
draw(
    go.Bar(x=[right.sum()], y=["超过 15 % 的班"], orientation="h", name=f"说对 right（{right.sum()}）", marker_color=OURS),
    go.Bar(x=[(flagged & ~outbreak).sum()], y=["超过 15 % 的班"], orientation="h", name=f"说错 wrong（{(flagged & ~outbreak).sum()}）", marker_color=WRONG),
    title=f"一百个班里点了 {100 * flagged.mean():.0f} 个，对的占 {100 * right.sum() / flagged.sum():.0f} %",
    x="班级数 · classes", height=260,
).update_layout(barmode="stack")

# %% [markdown]
# 不行。*No.*
#
# ## 为什么？
# *Why?*
#
# 三十几个人里多两个人，就是六个百分点。小班天生就会“高”。下图每个点是一个什么事都没有的班。
#
# *Two more among thirty-odd are six points. Small classes are “high” by nature. Each dot below is a class in which
# nothing happened.*

# %%
rng = np.random.default_rng(0)
at = np.arange(8, 56)
p = rate[clean].mean()
draw(
    dots(size[clean] + rng.uniform(-0.4, 0.4, clean.sum()), 100 * rate[clean], "平常的班 · ordinary classes", OTHERS, 4),
    line(at, 100 * (p + 1.96 * np.sqrt(p * (1 - p) / at)), "只凭运气能到的地方（95 %）· what chance alone reaches", OURS),
    line(at, np.full(len(at), 15.0), "15 %", WRONG, "dash"),
    title="运气就能越线 · Chance alone crosses the line", x="作答人数 · answers", y="受欺负的 % · bullied",
)

# %% [markdown]
# ## 同样的误报，谁看得更远？
# *At the same rate of false alarms, who sees further?*
#
# 公平的比法：让每条规则在一百个平常的班里恰好错一个，再看各自能发现多少真的。
#
# *A fair race: every rule may be wrong about one ordinary class in a hundred; then count what it finds.*

# %%
scores = {
    "比例高低 · raw rate": rate,
    "与全市比 z · z against the city": gather(peers.z_against_city(city) for city in cities),
    "按年段的二项尾 · binomial tail": gather(peers.binomial_surprise(city) for city in cities),
    "我们 · ours": gather(signal.odds for signal in signals),
}
goals = (0.2, 0.3, 0.4)
traces = []
looks = ((TRUTH, "circle-open", 20), (OTHERS, "square", 13), (WRONG, "x", 12), (OURS, "diamond", 14))
for (name, score), (colour, symbol, wide) in zip(scores.items(), looks, strict=True):
    limit = np.quantile(score[clean], 0.99, method="higher")
    found = [float((score > limit)[outbreak & (target == goal)].mean()) for goal in goals]
    traces.append(dots([100 * value for value in found], ["全班 20 %", "全班 30 %", "全班 40 %"], name, colour, wide, symbol))
counts = ", ".join(f"{int((outbreak & (target == goal)).sum())}" for goal in goals)
draw(*traces, title="出事的班里看见了多少 · Share of outbreaks seen", x="看见的 % · seen", y="受欺负的学生到了 · students bullied").update_xaxes(range=[0, 103])

# %% [markdown]
# 20 % 的班，谁都看不太清：这不是算法不好，是三十几份答卷里的信息就这么多。两座小城市只有几十起，数字会抖；大样本、带标准误的数字在 `docs/detection.md`，由 `anxin bench detection` 生成。
#
# *At 20 % nobody sees well: that is what thirty-odd sheets can tell. Two small cities hold a few dozen outbreaks, so
# the dots shake; figures from many cities, with standard errors, are in `docs/detection.md`.*

# %%
print(f"起数 · outbreaks at 20, 30, 40 %: {counts}")

# %% [markdown]
# ## 它说七成把握时，真有七成吗？
# *When it says seventy percent, is it seventy?*
#
# 会看错不要紧，要紧的是知道自己多久错一次。横轴是系统说的把握，纵轴是后来真的占多少；落在斜线上，就是说话算数。
#
# *To be wrong is no shame; not to know how often is. Across: what the system said. Up: what came true. On the
# diagonal it keeps its word.*

# %%
chance = gather(signal.chance for signal in signals)
edges = np.array([0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0])
place = np.clip(np.digitize(chance, edges) - 1, 0, len(edges) - 2)
said = [chance[place == row].mean() for row in range(len(edges) - 1)]
came = [outbreak[place == row].mean() for row in range(len(edges) - 1)]
many = np.bincount(place, minlength=len(edges) - 1)
low, high = (100 * end for end in wilson(np.bincount(place, outbreak), many))
kept = dots(100 * np.array(said), 100 * np.array(came), "六组班 · six groups of classes", OURS, 11,
            error_y={"array": high - 100 * np.array(came), "arrayminus": 100 * np.array(came) - low, "color": OTHERS}, text=[f"{n} 个班" for n in many])
draw(kept, line([0, 100], [0, 100], "说到做到 · word kept", TRUTH, "dot"),
     title="说的把握，和后来的事实 · What it said, and what came true", x="说的把握 % · said", y="真的占 % · came true", height=440)

# %% [markdown]
# 因此每条线索旁边都写着“这类线索大约几条里有几条是对的”。它不是谦虚，是使用说明。
#
# *That is why each sign says how often such signs are right. It isn't modesty; it is the instruction for use.*
