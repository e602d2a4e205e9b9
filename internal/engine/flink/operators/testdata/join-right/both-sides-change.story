rows left
  +I a 1
  +I b 1
  +I NULL 1
  +I a 1
expect
rows right
  +I a 10
  +I c 10
  +I NULL 10
  +I a 20
expect
  +I a 1 a 10
  +I a 1 a 10
  +I NULL NULL c 10
  +I NULL NULL NULL 10
  +I a 1 a 20
  +I a 1 a 20
rows left
  -U a 1
  +U a 2
  -D b 1
  -D NULL 1
expect
  -U a 1 a 10
  -U a 1 a 20
  +I a 2 a 10
  +I a 2 a 20
rows right
  -D a 10
  -U a 20
  +U b 20
  -D c 10
expect
  -D a 1 a 10
  -D a 2 a 10
  -D a 1 a 20
  -D a 2 a 20
  +I NULL NULL b 20
  -D NULL NULL c 10
