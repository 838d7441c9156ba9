"""Decisions of people: checked, shown with their effect, recorded (rules 2.8). Read: verbs, preview, record, command.

The command, the DAG `decide.<company>` and whatever comes later go through the same three steps: `propose` makes
decisions out of what a person asks for, or refuses with one sentence; `effect_of` says what they would change;
`record` lets them stand.
"""
