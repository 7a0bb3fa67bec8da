"""What a school does about a sign, and what it keeps of it: signs, cases, measures, incidents, activities, people.

Every function takes the viewer first. Writes on a sign or a case take the version that was read and a reason; they
raise Stale (somebody else was first), Refused (a rule; `code` is a key under `refused`) or CaseworkGone
(the store can't be reached; `code` under `gone`). Where things are:

signs       list_signs(viewer, wave=None) find_sign(viewer, id) note_reading(viewer, id) finish_check(viewer, id,
            version, outcome, reason) move_sign(viewer, id, version, status, reason) reopen_sign(viewer, id, version,
            reason) hand_over(viewer, id, version, owner, reason) add_remark(viewer, id, text)
            tell_parents(viewer, id, on, role, text)
cases       list_cases(viewer) find_case(viewer, id) open_case(viewer, reason, sign_id="", version=0, opened_on=None)
            judge_case(viewer, id, version, judgement, severity, reason) begin_measures(viewer, id, version, reason)
            close_case(viewer, id, version, reason) ask_review(viewer, id, version, on, reason)
            answer_review(viewer, id, version, on, reason) add_remark(viewer, id, text)
            tell_parents(viewer, id, on, role, text)
measures    list_measures(viewer, sign_id=None, case_id=None) add_measure(viewer, what, moves_kind, moves_id,
            indicator, wave, decided_by, begun_on, sign_id="", case_id="", due_on=None)
            finish_measure(viewer, id, done_on, text)
lookback    look_back(viewer, measure, release) -> Turn (rose | stayed | fell | cannot_tell, next wave)
incidents   list_incidents(viewer) (newest version of each) list_versions(viewer, incident_id)
            find_incident(viewer, id or ref)
            report_incident(viewer, draft) follow_up(viewer, incident_id, version_no, draft)
activities  list_activities(viewer, since=None, until=None) add_activity(viewer, kind, on, what, people, pictures=())
evidence    keep_evidence(viewer, data, no_faces=True) -> Evidence  read_evidence(viewer, id) -> (bytes, media type)
roster      list_members(viewer, on=None) add_member(viewer, role, name, since) end_member(viewer, id, until)
            missing_seats(members, level) -> seats with their names
deputies    list_deputies(viewer) set_deputy(viewer, account, name, phone, since, until=None)
            end_deputy(viewer, id, until)
history     list_steps(viewer, subject, subject_id) list_latest(viewer, limit)
counts      counts_by_school(viewer) -> per school counts and clocks   outcomes_by_rule(viewer) -> false-alarm ledger
            actions_by_school(viewer, wave, since, until) -> per school lessons, seats, checks, measures
clocks      read_clocks() first_check_due(day) inquiry_due(day) review_due(day) state_of(due, done, today)
grading     read_grading(): the text of the rule beside a case's severity
sync        sync_signs(today=None) -> Synced
"""
