package auth

import "context"

// Operate makes the caller of a request that carries an operator key: whoever
// runs the deployment, for any tenant, active or not.
func (s *Service) Operate(ctx context.Context, o Origin, key Secret) (Caller, error) {
	k, err := s.apiKey(ctx, KeyOperator, key)
	if err != nil {
		return Caller{}, err
	}
	return s.operator(ctx, o, operatorMark+k.ID)
}

// CommandLine makes the caller of a command at the machine itself.
func (s *Service) CommandLine(ctx context.Context, o Origin) (Caller, error) {
	return s.operator(ctx, o, AtCommandLine)
}

// TrustedPeer makes the caller of a request about tenants that a peer sends who
// was let in by its address or its certificate, and who names nobody.
func (s *Service) TrustedPeer(ctx context.Context, o Origin) (Caller, error) {
	return s.operator(ctx, o, AtTrustedPeer)
}

func (s *Service) operator(ctx context.Context, o Origin, who string) (Caller, error) {
	t, err := s.anyTenant(ctx, o.TenantSlug)
	if err != nil {
		return Caller{}, err
	}
	t.Policy = t.Policy.over(s.Policy)
	return Caller{Tenant: t, Origin: o, Operator: who}, nil
}

// operates refuses everybody but operators.
func (c Caller) operates() error {
	if c.Operator == "" {
		return ErrForbidden
	}
	return nil
}

// administers refuses everybody but the tenant's admins and operators.
func (c Caller) administers() error {
	if c.Operator == "" && c.Seat.Role != RoleAdmin {
		return ErrForbidden
	}
	return nil
}
