CREATE TABLE results (
  auction BIGINT, price BIGINT
) WITH ('connector' = 'blackhole');

SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0;
