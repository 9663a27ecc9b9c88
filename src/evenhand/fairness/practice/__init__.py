"""What we do in practice, from the live rows: does shouting pay, are promises kept, is a need coded alike?"""
