"""What the help store refuses."""

from __future__ import annotations

from survey.problems import SurveyProblem


class HelpRefused(SurveyProblem):
    """Wrong use of the help store, or a school that lacks what a door needs."""
