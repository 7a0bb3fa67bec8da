"""`anxin bench detection`: how often the rules are right, on simulated cities whose planted truth they never see."""
