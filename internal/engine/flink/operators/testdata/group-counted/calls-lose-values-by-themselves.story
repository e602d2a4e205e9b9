rows
  +I a 1 true
  +I a 1 false
  -D a 1 true
  -D a 1 false
  +I a 1 false
expect
  +I a 1 1 1 1
  -U a 1 1 1 1
  +U a 1 NULL 1 1
  -D a 1 NULL 1 1
  +I a 1 NULL 1 1
rows
  +I a 2 true
  -D a 1 false
  +I a 1 true
expect
  -U a 1 NULL 1 1
  +U a 2 2 3 1
  -U a 2 2 3 1
  +U a 1 2 2 1
  -U a 1 2 2 1
  +U a 2 3 3 1
