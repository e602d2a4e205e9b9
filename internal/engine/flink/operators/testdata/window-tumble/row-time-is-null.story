rows
  +I a 1 NULL
expect
  error: a row's time is NULL: give it a value, or filter such rows out, before windows are cut
