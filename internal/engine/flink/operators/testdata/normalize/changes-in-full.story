rows
  +I a 1 x
  +U b 1 x
  +U a 2 y
  +U a 2 y
  -U a 2 y
  +U a 3 y
  -D b NULL NULL
  -D b NULL NULL
  +I b 1 x
expect
  +I a 1 x
  +I b 1 x
  -U a 1 x
  +U a 2 y
  -U a 2 y
  +U a 3 y
  -D b 1 x
  +I b 1 x
