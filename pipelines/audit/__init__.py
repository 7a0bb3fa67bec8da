"""The attacker who holds the files: everything published, the rule and the questionnaire, and nothing confidential.

Nothing here imports `pipelines.release`: the same faults must not be made twice.
"""
