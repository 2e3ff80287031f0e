// Starts of the daemon's files, for who has none yet; docs/alerting.md has the rest.
export const smtpSink = `sinks:
  - name: ops-mail
    smtp: {host: mail.corp.example, port: 587, security: starttls,
           from: vdiwatch@corp.example, to: [vdi-ops@corp.example]}
`;
