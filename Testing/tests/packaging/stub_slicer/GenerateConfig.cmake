_record(generate_config "${PROJECT_NAME}")
