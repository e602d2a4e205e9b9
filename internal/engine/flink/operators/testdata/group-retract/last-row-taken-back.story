# A group whose last row is taken back is deleted; a row of a group that is not there is ignored; an update that leaves
# the result as it was is silent.
rows
  +I a 1 true
  -D b 1 true
  +I b 2 true
  -D a 1 true
  +I a 3 true
expect
  +I a 1 1
  +I b 1 2
  -D a 1 1
  +I a 1 3
rows
  -U a 3 true
  +U a 3 true
  -D b 2 true
  -D b 2 true
expect
  -D a 1 3
  +I a 1 3
  -D b 1 2
rows
  +I b 9 true
expect
  +I b 1 9
