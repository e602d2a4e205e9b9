rows left
  +I a 1
  +U a 2
rows right
  +I a 10
  +U a 20
expect
  +I a 1 NULL NULL
  +I a 2 NULL NULL
  -D a 2 NULL NULL
  +I a 2 a 10
  +I a 2 a 20
rows left
  +U a 3
  -D a 3
rows right
  -D a 20
rows left
  +I a 4
expect
  +I a 3 a 20
  -D a 3 a 20
  +I a 4 NULL NULL
