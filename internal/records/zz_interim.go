package records

type Published struct{}
type TailRequest struct{}
type Line struct{}
