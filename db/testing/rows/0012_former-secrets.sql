insert into former_secrets (company_id, name, sealed_value)
  select company_id, name, sealed_value from company_secrets;
