"""PostgreSQL rights for three processes: the owner's commands, the form, the dashboard."""

from __future__ import annotations

from survey.help.adults import Adult
from survey.help.problems import HelpRefused
from survey.help.tables import adult, answer, box, school, slip

# What each process does with each table. The form can't read an adult's locked key, nor what a slip says; the
# dashboard can't put a slip in, nor change who reads it.
FORM = {
    school: ("SELECT",),
    adult: (f"SELECT ({', '.join(Adult.__dataclass_fields__)})",),
    slip: ("INSERT", "SELECT (slip_id, child_box, opened_on)"),
    box: ("INSERT",),
    answer: ("SELECT",),
}
DESK = {
    school: ("SELECT",),
    adult: ("SELECT",),
    slip: ("SELECT", "UPDATE (opened_on, handed_on)"),
    box: ("SELECT",),
    answer: ("SELECT", "INSERT"),
}


def grant_statements(form: str, desk: str) -> list[str]:
    """GRANTs for the two roles, to be run by the owner of the tables; HelpRefused for a name that isn't one."""
    for role in (form, desk):
        if not role.isidentifier():
            raise HelpRefused(f"{role} is not a role's name", next_step="letters, digits and underscores")
    return [
        f'GRANT {", ".join(rights)} ON {table.name} TO "{role}";'
        for role, given in ((form, FORM), (desk, DESK))
        for table, rights in given.items()
    ]
