package site

// deploymentPages are those about the deployment and about a tenant as a whole.
func (s *Site) deploymentPages() {
	s.show(console+"/tenants", operated(showTenants))
	s.show(console+"/tenants/new", operated(showNewTenant))
	s.act(console+"/tenants/new", operated(makeTenant))
	s.show(console+"/system", operated(showSystem))
	s.show(console+"/keys", operated(showKeys))
	s.act(console+"/keys", operated(rotateKeys))
	s.show(console+"/t/{tenant}/overview", staff(showOverview))
	s.show(console+"/t/{tenant}/mails", staff(showMails))
	s.act(console+"/t/{tenant}/mails", staff(retryMail))
	s.show(console+"/t/{tenant}/settings", staff(showSettings))
	s.act(console+"/t/{tenant}/settings", staff(changeSettings))
	s.show(account+"/static/preview/{sheet}", previewSheet)
}
