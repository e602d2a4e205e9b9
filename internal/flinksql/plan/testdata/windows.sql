CREATE TABLE bids (item STRING, price INT, bidder STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka');
CREATE TABLE counts (ws TIMESTAMP(3), item STRING, n BIGINT) WITH ('connector' = 'kafka');
INSERT INTO counts SELECT window_start, item, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, item;
--> line 1, column 47: there is no function COUNT
--> 
SELECT window_start, window_end, SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) WHERE item = 'x' GROUP BY window_start, window_end;
--> line 1, column 34: there is no function SUM
--> 
SELECT item, window_end, MAX(price) FROM TABLE(SESSION(TABLE bids PARTITION BY item, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY item, window_start, window_end;
--> line 1, column 26: there is no function MAX
--> Did you mean MOD?
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY n DESC) AS rn FROM (SELECT window_start, window_end, item, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, item)) WHERE rn <= 3;
--> line 1, column 151: there is no function COUNT
--> 
SELECT item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY ts DESC) AS rn FROM bids) WHERE rn = 1;
--> Calc(select=[$0 AS item, $1 AS price]) changelogMode=[I,UB,UA,D]
--> +- Deduplicate(keep=[LastRow], key=[item], order=[ts], window=[false]) changelogMode=[I,UB,UA,D]
-->    +- Scan(table=[bids], fields=[item, price, ts], watermark=[ts: $2]) changelogMode=[I]
SELECT item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) AS rn FROM bids) WHERE rn <= 5;
--> Calc(select=[$0 AS item, $1 AS price]) changelogMode=[I,UB,UA,D]
--> +- Rank(partitionBy=[item], orderBy=[price DESC], rankRange=[1, 5], window=[false], number=[false]) changelogMode=[I,UB,UA,D]
-->    +- Scan(table=[bids], fields=[item, price]) changelogMode=[I]
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(price), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;
--> line 1, column 61: column price is INT and not a time attribute, which a window needs
--> Name the column that has the WATERMARK; an expression over it, or a plain group's result, has lost it.
SELECT ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC) AS rn FROM bids;
--> line 1, column 8: ROW_NUMBER without a filter on it, as in WHERE rn <= 10, is not supported yet
--> Write the query without it; docs/flink-differences.md lists what Flink has and Weft has not yet.
WITH w AS (SELECT window_start, window_end, window_time AS rt, item, SUM(price) AS p FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time, item) SELECT window_start, SUM(p) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '1' HOUR)) GROUP BY window_start, window_end;
--> line 1, column 70: there is no function SUM
--> 
