tick 1000
rows left
  +I a 1
tick 1500
rows left
  +I a 2
tick 2000
rows right
  +I a 10
expect
  +I a 2 a 10
tick 2600
rows right
  +I a 20
expect
