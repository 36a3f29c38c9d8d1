"""Why an answer is not the right one: every cause measured, none named without a before and an after."""
