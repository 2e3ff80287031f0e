# BIS-F custom script, personalisation (each start of a clone). Goes into BIS-F's folder for custom
# personalisation scripts. The service starts by itself, later; this only does not wait for that.
if (Get-Service -Name 'vdiwatch-agent' -ErrorAction SilentlyContinue) {
  Start-Service -Name 'vdiwatch-agent'
}
