package expr

// unsupported are functions of Flink's documentation that are missing here, by name.
var unsupported = []string{
	"BITMAP_AND", "BITMAP_ANDNOT", "BITMAP_AND_AGG", "BITMAP_AND_CARDINALITY_AGG", "BITMAP_BUILD", "BITMAP_BUILD_AGG", "BITMAP_BUILD_CARDINALITY_AGG",
	"BITMAP_CARDINALITY", "BITMAP_FROM_BYTES", "BITMAP_OR", "BITMAP_OR_AGG", "BITMAP_OR_CARDINALITY_AGG", "BITMAP_TO_ARRAY", "BITMAP_TO_BYTES",
	"BITMAP_TO_STRING", "BITMAP_XOR", "BITMAP_XOR_AGG", "BITMAP_XOR_CARDINALITY_AGG", "CUME_DIST", "DENSE_RANK", "FROM_CHANGELOG",
	"GROUPING", "GROUPING_ID", "GROUP_ID", "LAG", "LEAD", "ML_PREDICT", "NTILE", "OBJECT_OF", "OBJECT_UPDATE", "PARSE_JSON", "PERCENT_RANK",
	"RANK", "ROW_NUMBER", "SOURCE_WATERMARK", "TO_CHANGELOG", "TRY_PARSE_JSON",
}

// Missing lists the functions of Flink's documentation that are missing, by name.
func Missing() []string { return unsupported }

// forms is how functions are written that are no plain calls.
var forms = map[string]string{
	"AND": "a AND b", "OR": "a OR b", "NOT": "NOT a", "NEG": "-a", "%": "a % b", "||": "a || b", "=": "a = b", "<>": "a <> b", "<": "a < b", "<=": "a <= b",
	">": "a > b", ">=": "a >= b", "+": "a + b", "-": "a - b", "*": "a * b", "/": "a / b", "IN": "a IN (b, ...)", "LIKE": "a LIKE b [ESCAPE c]",
	"SIMILAR TO": "a SIMILAR TO b [ESCAPE c]", "IS DISTINCT FROM": "a IS DISTINCT FROM b", "IS NOT DISTINCT FROM": "a IS NOT DISTINCT FROM b",
	"CASE": "CASE WHEN a THEN b ELSE c END", "CAST": "CAST(a AS type)", "TRY_CAST": "TRY_CAST(a AS type)", "EXTRACT": "EXTRACT(unit FROM a)",
	"FLOOR": "FLOOR(a), FLOOR(a TO unit)", "CEIL": "CEIL(a), CEIL(a TO unit)", "TRIM": "TRIM([BOTH|LEADING|TRAILING] [set] FROM a)",
	"POSITION": "POSITION(a IN b)", "OVERLAY": "OVERLAY(a PLACING b FROM i [FOR n])", "SUBSTRING": "SUBSTRING(a FROM i [FOR n])",
	"TIMESTAMPDIFF": "TIMESTAMPDIFF(unit, a, b)", "TIMESTAMPADD": "TIMESTAMPADD(unit, n, a)", "OVERLAPS": "(a, b) OVERLAPS (c, d)",
	"INTERVAL": "INTERVAL n unit", "MINUS_DATE": "(a - b) unit", "FIELD": "a.field", "AT": "a[i]", "ARRAY": "ARRAY[a, ...]", "MAP": "MAP[k, v, ...]", "ROW": "ROW(a, ...)",
	"JSON_VALUE":  "JSON_VALUE(a, path [RETURNING type] [... ON EMPTY] [... ON ERROR])",
	"JSON_QUERY":  "JSON_QUERY(a, path [RETURNING type] [WITH WRAPPER] [... ON EMPTY] [... ON ERROR])",
	"JSON_EXISTS": "JSON_EXISTS(a, path [... ON ERROR])", "JSON_OBJECT": "JSON_OBJECT(k VALUE v, ... [NULL|ABSENT ON NULL])",
	"JSON_ARRAY": "JSON_ARRAY(a, ... [NULL|ABSENT ON NULL])", "CURRENT_DATE": "CURRENT_DATE", "CURRENT_TIME": "CURRENT_TIME",
	"CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP", "LOCALTIME": "LOCALTIME", "LOCALTIMESTAMP": "LOCALTIMESTAMP",
}
