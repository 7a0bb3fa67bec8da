"""Everything on paper: slips, proctor sheets, the letter, the timetable, paper forms, recovery keys.

Python decides what stands on which sheet (values in, list of parts out); Typst sets it from JSON; nothing touches a
disk before the finished file is encrypted.
"""
