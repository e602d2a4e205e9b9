package converters

import "errors"

func newConfluent(map[string]string) (Converter, error) { return nil, errors.New("not yet") }
func newApicurio(map[string]string) (Converter, error)  { return nil, errors.New("not yet") }
