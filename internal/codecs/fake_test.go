package codecs_test

import stdcontext "context"

// fixed is a registry that has one schema under every id.
type fixed string

func (f fixed) SchemaByID(stdcontext.Context, int) (string, error) { return string(f), nil }

func context() stdcontext.Context { return stdcontext.Background() }
