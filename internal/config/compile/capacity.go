package compile

import (
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
)

// Capacity resolves a request and computes the load that it carries. Invalid values are Violations of
// the result, which then has no capacity.
func (e *Engine) Capacity(r Request) (*artefact.Result, *artefact.Capacity, error) {
	var capacity *artefact.Capacity
	result, err := withCompiler(e, func(c compiler) (*artefact.Result, error) {
		d, err := c.buildDeployment(r, extentCapacity)
		if err != nil {
			return nil, err
		}
		out, err := c.readResult(d, extentProfile)
		if err != nil || len(out.Violations) > 0 {
			return out, err
		}
		capacity = &artefact.Capacity{}
		if err := d.decodeField("capacity", capacity); err != nil {
			return nil, c.UserError("", err)
		}
		return out, nil
	})
	return result, capacity, err
}
