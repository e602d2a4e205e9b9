rows left
  +I a 1 10000
rows right
  +I a 1 10000
expect
  +I a 1 10000 NULL NULL NULL
  +I NULL NULL NULL a 1 10000
