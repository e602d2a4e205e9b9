rows left
  +I NULL 1
  +I a 1
rows right
  +I NULL 10
  +I b 10
expect
  +I NULL 1 NULL 10
