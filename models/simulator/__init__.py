"""The demo city: an open generative model of bullying, of a survey about it, and of how people answer.

city → district → school → grade → class → student → wave → exposure → report → sheet. All numbers stand in
`parameters.py`. Pure: arrays in and out; files are written by the pipeline. What is true is handed over apart
from what is answered, and no step from answers to releases may look at it.
"""

from models.simulator.city import District, School, build_district, build_schools
from models.simulator.parameters import SCENARIOS, Parameters, parameters
from models.simulator.planted import Hotspot, build_hotspots
from models.simulator.questionnaire import BANDS, Question, Questionnaire
from models.simulator.simulate import WaveChunk, simulate_district

__all__ = [
    "BANDS",
    "SCENARIOS",
    "District",
    "Hotspot",
    "Parameters",
    "Question",
    "Questionnaire",
    "School",
    "WaveChunk",
    "build_district",
    "build_hotspots",
    "build_schools",
    "parameters",
    "simulate_district",
]
