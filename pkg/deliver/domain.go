package deliver

import (
	"errors"

	"switchboard/pkg/deliver/internal/plan"
	"switchboard/pkg/queue"
)

// ErrNeedsDomain means that the sender of an entry is an address of its list, and nobody says
// in which domain that is.
var ErrNeedsDomain = plan.ErrNeedsDomain

// needsDomain adds the remedy to an ErrNeedsDomain.
func needsDomain(err error) error {
	if !errors.Is(err, ErrNeedsDomain) {
		return err
	}
	return &queue.Error{Err: err, Remedy: "name it with --domain, or as domain in the table [deliver] of switchboard.toml(5)"}
}
