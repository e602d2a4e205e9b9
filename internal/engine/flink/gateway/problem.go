package gateway

import (
	"errors"

	"github.com/weftmesh/weft/internal/engine/flink/web"
	"github.com/weftmesh/weft/internal/flinksql/lex"
)

// gatewayException is the name of Flink's exception, which clients find in the texts of errors.
const gatewayException = "org.apache.flink.table.gateway.api.utils.SqlGatewayException: "

// internal tells of a failure behind some of Flink's exceptions. Mistakes of requests stay what they are.
func internal(err error, exceptions ...string) error {
	var problem web.Problem
	if errors.As(err, &problem) {
		return problem
	}
	return web.Internal(hinted(err), exceptions...)
}

// hinted adds the way out that a mistake in a statement has.
func hinted(err error) error {
	var mistake *lex.Error
	if errors.As(err, &mistake) && mistake.Hint != "" {
		return errors.New("org.apache.flink.table.api.ValidationException: " + err.Error() + "\n" + mistake.Hint)
	}
	return err
}
