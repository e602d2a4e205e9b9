package traces

import "testing"

func TestTheCauseOfAStackTraceIsShown(t *testing.T) {
	for trace, want := range map[string]string{
		"": "",
		"<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException: org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.\n\tat org.apache.flink.X.y(X.java:91)\nCaused by: org.apache.calcite.sql.validate.SqlValidatorException: Object 'nope' not found\n\tat org.X.y(X.java:1)\n\t... 12 more\n\nEnd of exception on server side>": "SqlValidatorException: Object 'nope' not found",
		"org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy\n\tat a.b.C.d(C.java:1)\nCaused by: java.io.IOException: Failed to deserialize\nCaused by: java.lang.NullPointerException\n\tat a.b(C.java:2)":                                                                                                                                                 "IOException: Failed to deserialize",
		"java.lang.NullPointerException\n\tat a.b(C.java:2)": "NullPointerException",
		"table x: it is gone":                                "table x: it is gone",
		"org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [a]": "TopicAuthorizationException: Not authorized to access topics: [a]",
	} {
		if got := Cause(trace); got != want {
			t.Errorf("%q is shown as %q, not %q", trace, got, want)
		}
	}
}
