/** The least that `sallyport.yaml` may say. */
export const SMALLEST_GATEWAY = `
listeners:
  postgres:
    - address: 127.0.0.1:6432
identity:
  providers:
    - name: clinic
      issuer: https://login.clinic.example
      audiences: [sallyport]
`;
